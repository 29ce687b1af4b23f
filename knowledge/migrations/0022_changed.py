"""Whatever the help centre's pages show tells when it changes, so that they can be kept in memory until then."""

from django.db import migrations

SHOWN = (
    "article", "articlefile", "articletag", "category", "feedback", "learningresource", "pinnedresult", "popularsearch",
    "redirect", "revision", "seokeyword", "synonym", "tag", "translation",
)  # fmt: skip

TELL = """
CREATE FUNCTION knowledge_tell_changed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('knowledge_changed', '');
    RETURN NULL;
END $$;
""" + "".join(
    f"CREATE TRIGGER knowledge_tell_changed AFTER INSERT OR UPDATE OR DELETE ON knowledge_{name}"
    " FOR EACH STATEMENT EXECUTE FUNCTION knowledge_tell_changed();"
    for name in SHOWN
)
SILENCE = "".join(f"DROP TRIGGER knowledge_tell_changed ON knowledge_{name};" for name in SHOWN) + (
    "DROP FUNCTION knowledge_tell_changed()"
)


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0021_imports")]

    operations = [migrations.RunSQL(TELL, SILENCE)]
