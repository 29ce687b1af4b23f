"""Search by the rules of each language: accents, plurals and stop words as people type them; words for typos."""

from django.contrib.postgres.operations import BtreeGinExtension, TrigramExtension, UnaccentExtension
from django.db import migrations

# unaccent comes before the stemmer, or contraseña and contrasena stay apart; the stop words before unaccent, since the
# lists have accents. Measured in the knowledge anchor §2.1.
CONFIGURATIONS = "".join(
    f"""
CREATE TEXT SEARCH DICTIONARY knowledge_{code}_stop (TEMPLATE = simple, STOPWORDS = {name}, ACCEPT = false);
CREATE TEXT SEARCH CONFIGURATION knowledge_{code} (COPY = {name});
ALTER TEXT SEARCH CONFIGURATION knowledge_{code} ALTER MAPPING FOR
    asciiword, asciihword, hword_asciipart, word, hword, hword_part
    WITH knowledge_{code}_stop, unaccent, {name}_stem;
"""
    for code, name in (("en", "english"), ("pt", "portuguese"), ("es", "spanish"))
)

# Stock Portuguese keeps transação and transações apart, and real and reais (knowledge anchor §2.1): plurals are folded
# before the stemmer, those that must not be are named. Stop words typed without their accents go as well.
FOLD = r"""
CREATE FUNCTION knowledge_fold(language text, words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE language
        WHEN 'pt' THEN regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
            lower(words),
            '\m(nao|voce|voces|esta|estao|tambem|ate|ja|so|sao|sera|ha|a|e|o|minha|meu|meus|minhas)\M', ' ', 'g'),
            '(ões|oes|ães|aes|ãos|aos|ão)\M', 'ao', 'g'),
            '\m(?!mais\M|jamais\M|demais\M|pais\M|país\M)(\w{2,})ais\M', '\1al', 'g'),
            '\m(?!seis\M|leis\M|reis\M)(\w{2,})(éis|eis)\M', '\1el', 'g'),
            '\m(?!dois\M|pois\M|depois\M)(\w{2,})(óis|ois)\M', '\1ol', 'g')
        WHEN 'es' THEN regexp_replace(lower(words),
            '\m(como|que|mas|tambien|esta|estan|aqui|asi|donde|cuando|mi|mis)\M', ' ', 'g')
        ELSE lower(words)
    END
$$;
CREATE FUNCTION knowledge_rules(language text) RETURNS regconfig
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE language WHEN 'pt' THEN 'public.knowledge_pt'::regconfig WHEN 'es' THEN 'public.knowledge_es'::regconfig
        ELSE 'public.knowledge_en'::regconfig END
$$;
CREATE FUNCTION knowledge_head(language text, title text, summary text, keywords text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT setweight(to_tsvector(public.knowledge_rules(language), public.knowledge_fold(language, title)), 'A')
        || setweight(to_tsvector(public.knowledge_rules(language), public.knowledge_fold(language, keywords)), 'B')
        || setweight(to_tsvector(public.knowledge_rules(language), public.knowledge_fold(language, summary)), 'C')
$$;
CREATE FUNCTION knowledge_vector(language text, title text, summary text, keywords text, plain text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT public.knowledge_head(language, title, summary, keywords) || setweight(
        to_tsvector(public.knowledge_rules(language), public.knowledge_fold(language, left(plain, 200000))), 'D')
$$
"""

# head is small and lies in the row itself: what is ranked need not be fetched from afar.
COLUMNS = """
ALTER TABLE knowledge_translation
    ADD COLUMN head tsvector GENERATED ALWAYS AS (knowledge_head(language, title, summary, keywords)) STORED,
    ADD COLUMN vector tsvector GENERATED ALWAYS AS (knowledge_vector(language, title, summary, keywords, plain)) STORED;
CREATE INDEX knowledge_translation_head ON knowledge_translation USING gin (language, head) WITH (fastupdate = off);
CREATE INDEX knowledge_translation_vector ON knowledge_translation USING gin (language, vector) WITH (fastupdate = off)
"""

# Words as they are written, for whoever mistypes one. Words are only ever added: each is offered only after a search
# for it has found something that this reader may read.
WORDS = r"""
CREATE TABLE knowledge_word (
    language text NOT NULL, word text NOT NULL, PRIMARY KEY (language, word));
CREATE INDEX knowledge_word_trigrams ON knowledge_word USING gin (word gin_trgm_ops);
CREATE FUNCTION knowledge_keep_words() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO knowledge_word (language, word)
    SELECT DISTINCT NEW.language, met[1] FROM regexp_matches(
        lower(concat_ws(' ', NEW.title, NEW.keywords, NEW.summary, left(NEW.plain, 200000))), '\m[[:alpha:]]{4,30}\M',
        'g') AS met
    ORDER BY 2 ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER knowledge_keep_words AFTER INSERT OR UPDATE OF title, summary, keywords, plain ON knowledge_translation
    FOR EACH ROW EXECUTE FUNCTION knowledge_keep_words()
"""

FORGET = """
DROP TRIGGER knowledge_keep_words ON knowledge_translation;
DROP FUNCTION knowledge_keep_words();
DROP TABLE knowledge_word;
ALTER TABLE knowledge_translation DROP COLUMN vector, DROP COLUMN head;
DROP FUNCTION knowledge_vector(text, text, text, text, text);
DROP FUNCTION knowledge_head(text, text, text, text);
DROP FUNCTION knowledge_rules(text);
DROP FUNCTION knowledge_fold(text, text);
""" + "".join(
    f"DROP TEXT SEARCH CONFIGURATION knowledge_{code}; DROP TEXT SEARCH DICTIONARY knowledge_{code}_stop;"
    for code in ("en", "pt", "es")
)


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0002_signatures")]

    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        BtreeGinExtension(),
        migrations.RunSQL([CONFIGURATIONS, FOLD, COLUMNS, WORDS], FORGET),
    ]
