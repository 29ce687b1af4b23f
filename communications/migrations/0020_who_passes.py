"""A place knows whom it let pass: once that one is settled the next may go, though its worker died before saying so."""

import importlib

from django.db import migrations, models

before = importlib.import_module("communications.migrations.0018_places_in_turn")

PASS = """
CREATE OR REPLACE FUNCTION communications_pass(
    moment timestamptz, most integer, lane smallint, until timestamptz) RETURNS bigint[]
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
    chosen bigint[] := '{}';
    gate record;
    one bigint;
    released integer;
BEGIN
    -- A worker may die after it settled a delivery and before it told the gate: that costs a second, no lease.
    FOR gate IN
        SELECT g.key, g.pace FROM communications_gate g
        WHERE g.is_waited_at AND g.closed_at IS NULL
            AND (g.closed_until <= moment
                OR g.passing IS NOT NULL AND g.closed_until <= moment + interval '2 minutes' - greatest(g.pace, interval '1 second')
                    AND NOT EXISTS (
                        SELECT FROM communications_delivery d WHERE d.id = g.passing AND d.state = 'sending'))
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
            UPDATE communications_gate g SET closed_until = moment + interval '2 minutes', passing = one
            WHERE g.key = gate.key;
        END IF;
    END LOOP;
    RETURN chosen;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("communications", "0019_who_registered_webhooks")]

    operations = [
        migrations.AddField("gate", "passing", models.BigIntegerField(null=True)),
        migrations.RunSQL([PASS], [before.PASS.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")]),
    ]
