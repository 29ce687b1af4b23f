"""A place is served one at a time: the next one passes when the answer is there, at its pace; or a lease later.

A place that does not answer then keeps one worker waiting, and not each that comes by.
"""

from django.db import migrations

PASS = """
CREATE OR REPLACE FUNCTION communications_pass(moment timestamptz, most integer) RETURNS bigint[]
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
        ORDER BY g.closed_until LIMIT greatest(most, 0) FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        IF gate.pace IS NULL THEN
            UPDATE communications_delivery d SET state = 'queued' WHERE d.id IN (
                SELECT h.id FROM communications_delivery h WHERE h.state = 'held' AND h.gate = gate.key
                ORDER BY h.priority, h.due_at, h.id LIMIT 1000 FOR UPDATE);
            GET DIAGNOSTICS released = ROW_COUNT;
            IF released < 1000 THEN
                DELETE FROM communications_gate g WHERE g.key = gate.key;
            END IF;
            CONTINUE;
        END IF;
        one := communications_first_held(gate.key);
        IF one IS NOT NULL THEN
            chosen := chosen || one;
            UPDATE communications_gate g SET closed_until = moment + interval '2 minutes' WHERE g.key = gate.key;
        END IF;
    END LOOP;
    RETURN chosen;
END $$
"""

AT_ITS_PACE = """
CREATE OR REPLACE FUNCTION communications_pass(moment timestamptz, most integer) RETURNS bigint[]
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
        ORDER BY g.closed_until LIMIT greatest(most, 0) FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        IF gate.pace IS NULL THEN
            UPDATE communications_delivery d SET state = 'queued' WHERE d.id IN (
                SELECT h.id FROM communications_delivery h WHERE h.state = 'held' AND h.gate = gate.key
                ORDER BY h.priority, h.due_at, h.id LIMIT 1000 FOR UPDATE);
            GET DIAGNOSTICS released = ROW_COUNT;
            IF released < 1000 THEN
                DELETE FROM communications_gate g WHERE g.key = gate.key;
            END IF;
            CONTINUE;
        END IF;
        one := communications_first_held(gate.key);
        IF one IS NOT NULL THEN
            chosen := chosen || one;
            UPDATE communications_gate g SET closed_until = moment + gate.pace WHERE g.key = gate.key;
        END IF;
    END LOOP;
    RETURN chosen;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("communications", "0011_webhooks")]

    operations = [
        migrations.RunSQL([PASS], [AT_ITS_PACE]),
        migrations.RunSQL(
            "INSERT INTO communications_gate (key, closed_until, pace)"
            " SELECT 'webhook:' || id, now(), interval '0' FROM communications_webhookendpoint"
            " ON CONFLICT (key) DO UPDATE SET pace = interval '0'",
            migrations.RunSQL.noop,
        ),
    ]
