"""Signatures that nobody can give for another: PostgreSQL looks who acts, superusers of the desk included."""

from django.db import migrations

GUIDE = 2  # the loader of what the house ships; nobody logs in as it

GUARD = f"""
CREATE FUNCTION knowledge_guard_revision() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF public.desk_actor() = {GUIDE} AND NEW.author_id = {GUIDE} THEN
        RETURN NEW;
    END IF;
    IF NEW.author_id = {GUIDE} AND (TG_OP = 'INSERT' OR OLD.author_id <> {GUIDE}) THEN
        RAISE EXCEPTION 'Only what the house ships is signed by the guide loader.' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.title, OLD.summary, OLD.keywords, OLD.body) IS DISTINCT FROM
                (NEW.title, NEW.summary, NEW.keywords, NEW.body) AND OLD.state <> 'draft' THEN
            RAISE EXCEPTION 'The words of a revision change while it is a draft only.'
                USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.author_id <> OLD.author_id THEN
            RAISE EXCEPTION 'A revision keeps its author.' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF NEW.reviewed_digest <> '' AND (TG_OP = 'INSERT' OR NEW.reviewed_digest <> OLD.reviewed_digest
            OR NEW.reviewer_id IS DISTINCT FROM OLD.reviewer_id)
            AND NEW.reviewer_id IS DISTINCT FROM public.desk_actor() THEN
        RAISE EXCEPTION 'A review is signed in one''s own name.' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.approved_digest <> '' AND (TG_OP = 'INSERT' OR NEW.approved_digest <> OLD.approved_digest
            OR NEW.approver_id IS DISTINCT FROM OLD.approver_id)
            AND NEW.approver_id IS DISTINCT FROM public.desk_actor() THEN
        RAISE EXCEPTION 'An approval is signed in one''s own name.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER knowledge_guard_revision BEFORE INSERT OR UPDATE ON knowledge_revision
    FOR EACH ROW EXECUTE FUNCTION knowledge_guard_revision()
"""

UNGUARD = """
DROP TRIGGER knowledge_guard_revision ON knowledge_revision;
DROP FUNCTION knowledge_guard_revision()
"""


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0001_initial")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
