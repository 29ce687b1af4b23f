"""What waits at a place takes its turn by priority: a slow tool's news let every urgent word go first.

What a gate gives back to the queue is due from then on; it is not late for the time that its provider was away.
"""

import importlib

from django.db import migrations

gates = importlib.import_module("communications.migrations.0005_gates")
places = importlib.import_module("communications.migrations.0012_one_at_a_time")

CLAIM = """
CREATE OR REPLACE FUNCTION communications_claim(
    until timestamptz, moment timestamptz, batch integer, is_probing boolean, abandoned_after interval,
    lock_class integer)
RETURNS TABLE (id bigint, attempts smallint) LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
    chosen bigint[] := '{}';
    found bigint[];
    held bigint[];
    shut text[];
    has_gates boolean := EXISTS (SELECT FROM communications_gate);
BEGIN
    IF is_probing THEN
        IF has_gates THEN
            chosen := communications_probe(moment, batch);
        END IF;
    ELSE
        -- What dead workers left goes before what is due, or a backlog would hide it.
        chosen := ARRAY(
            SELECT abandoned.id FROM (
                SELECT d.id FROM communications_delivery d
                WHERE d.state = 'sending' AND d.claimed_at < statement_timestamp() - abandoned_after
                ORDER BY d.claimed_at LIMIT 200 FOR UPDATE SKIP LOCKED) abandoned
            WHERE pg_try_advisory_xact_lock(lock_class, (abandoned.id % 2147483648)::integer) LIMIT batch);
        FOR lane IN 0..2 LOOP
            IF has_gates THEN
                chosen := chosen || communications_pass(moment, batch - cardinality(chosen), lane::smallint, until);
            END IF;
            WHILE cardinality(chosen) < batch LOOP
                found := ARRAY(
                    SELECT d.id FROM communications_delivery d
                    WHERE d.state = 'queued' AND d.priority = lane::smallint AND d.due_at <= until
                        AND d.id <> ALL (chosen)
                    ORDER BY d.due_at, d.id LIMIT batch - cardinality(chosen) FOR UPDATE SKIP LOCKED);
                shut := '{}';
                IF has_gates AND cardinality(found) > 0 THEN
                    shut := ARRAY(
                        SELECT g.key FROM communications_gate g
                        WHERE g.key IN (SELECT d.gate FROM communications_delivery d WHERE d.id = ANY (found))
                            AND (g.closed_at IS NOT NULL OR g.pace IS NOT NULL)
                        ORDER BY g.key FOR NO KEY UPDATE);
                END IF;
                IF cardinality(shut) = 0 THEN
                    chosen := chosen || found;
                    EXIT;
                END IF;
                -- Each is moved out of everybody's way once; a backlog goes some hundreds at a time.
                WITH ahead AS (
                    SELECT d.id FROM communications_delivery d
                    WHERE d.state = 'queued' AND d.priority = lane::smallint AND d.due_at <= until
                    ORDER BY d.due_at, d.id LIMIT 500 FOR UPDATE SKIP LOCKED),
                moved AS (
                    UPDATE communications_delivery d SET state = 'held'
                    WHERE d.id IN (SELECT ahead.id FROM ahead UNION SELECT unnest(found)) AND d.gate = ANY (shut)
                    RETURNING d.id)
                SELECT array_agg(moved.id) INTO held FROM moved;
                UPDATE communications_gate g SET is_waited_at = true WHERE g.key = ANY (shut);
                chosen := chosen || ARRAY(SELECT one FROM unnest(found) one WHERE one <> ALL (coalesce(held, '{}')));
                chosen := chosen || communications_pass(moment, batch - cardinality(chosen), lane::smallint, until);
            END LOOP;
        END LOOP;
    END IF;
    IF cardinality(chosen) > 0 THEN
        RETURN QUERY UPDATE communications_delivery d
            SET state = 'sending', claimed_at = clock_timestamp(), attempts = least(d.attempts + 1, 32767)
            WHERE d.id = ANY (chosen) RETURNING d.id, d.attempts;
    END IF;
END $$
"""

PASS = """
CREATE FUNCTION communications_pass(
    moment timestamptz, most integer, lane smallint, until timestamptz) RETURNS bigint[]
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
    chosen bigint[] := '{}';
    gate record;
    one bigint;
    released integer;
BEGIN
    FOR gate IN
        SELECT g.key, g.pace FROM communications_gate g
        WHERE g.is_waited_at AND g.closed_at IS NULL AND g.closed_until <= moment
            AND (g.pace IS NULL OR communications_pass.lane = 2 OR EXISTS (
                SELECT FROM communications_delivery h
                WHERE h.state = 'held' AND h.gate = g.key AND h.priority <= communications_pass.lane))
        ORDER BY g.closed_until LIMIT greatest(most, 0) FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        IF gate.pace IS NULL THEN
            UPDATE communications_delivery d SET state = 'queued', due_at = greatest(d.due_at, communications_pass.until)
            WHERE d.id IN (
                SELECT h.id FROM communications_delivery h WHERE h.state = 'held' AND h.gate = gate.key
                ORDER BY h.priority, h.due_at, h.id LIMIT 1000 FOR UPDATE);
            GET DIAGNOSTICS released = ROW_COUNT;
            IF released < 1000 THEN
                DELETE FROM communications_gate g WHERE g.key = gate.key;
            END IF;
            CONTINUE;
        END IF;
        one := communications_first_held(gate.key, communications_pass.lane);
        IF one IS NOT NULL THEN
            chosen := chosen || one;
            UPDATE communications_gate g SET closed_until = moment + interval '2 minutes' WHERE g.key = gate.key;
        END IF;
    END LOOP;
    RETURN chosen;
END $$
"""

FIRST_HELD = """
CREATE FUNCTION communications_first_held(key text, lane smallint) RETURNS bigint
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
    one bigint;
BEGIN
    SELECT h.id INTO one FROM communications_delivery h WHERE h.state = 'held' AND h.gate = communications_first_held.key
        AND h.priority <= communications_first_held.lane
    ORDER BY h.priority, h.due_at, h.id LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF one IS NULL AND NOT EXISTS (
            SELECT FROM communications_delivery h WHERE h.state = 'held' AND h.gate = communications_first_held.key) THEN
        UPDATE communications_gate g SET is_waited_at = false WHERE g.key = communications_first_held.key;
    END IF;
    RETURN one;
END $$
"""

PROBE = """
CREATE OR REPLACE FUNCTION communications_probe(moment timestamptz, most integer) RETURNS bigint[]
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
    chosen bigint[] := '{}';
    gate record;
    one bigint;
BEGIN
    FOR gate IN
        SELECT g.key FROM communications_gate g
        WHERE g.is_waited_at AND g.closed_at IS NOT NULL AND g.closed_until <= moment
        ORDER BY g.closed_until LIMIT most FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        one := communications_first_held(gate.key, 2::smallint);
        IF one IS NOT NULL THEN
            chosen := chosen || one;
            UPDATE communications_gate g SET closed_until = moment + interval '2 minutes' WHERE g.key = gate.key;
        END IF;
    END LOOP;
    RETURN chosen;
END $$
"""

OLD = """
DROP FUNCTION communications_pass(timestamptz, integer);
DROP FUNCTION communications_first_held(text);
"""
NEW = """
DROP FUNCTION communications_pass(timestamptz, integer, smallint, timestamptz);
DROP FUNCTION communications_first_held(text, smallint);
"""


def again(function: str) -> str:
    return function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("communications", "0017_mail_tries")]

    operations = [
        migrations.RunSQL([FIRST_HELD, PASS, PROBE, CLAIM], [NEW]),
        migrations.RunSQL([OLD], [gates.FIRST_HELD, places.PASS, again(gates.PROBE), again(gates.CLAIM)]),
    ]
