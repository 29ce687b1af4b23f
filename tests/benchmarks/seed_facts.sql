-- What is true of each ticket, thrown with dice that fall the same way in every run.
CREATE FUNCTION seed_dice(number bigint, throw int, sides int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT ((hashint8extended(number, throw) & 9223372036854775807) % sides)::int';

INSERT INTO desk_organisation (name, shares_tickets, version)
SELECT 'Firm ' || number, number % 2 = 0, 1 FROM generate_series(1, greatest(:tickets / 2000, 10)) number;

INSERT INTO desk_user (id, email, name, kind, language, time_zone, is_superuser, is_active, password, phone)
SELECT 1000 + number, 'customer' || number || '@example.com', 'Customer ' || number, 'customer', 'en', 'UTC', false, true, '!', ''
FROM generate_series(1, 64) number;
SELECT setval(pg_get_serial_sequence('desk_user', 'id'), 2000);

CREATE UNLOGGED TABLE seed_facts AS
WITH categories AS (SELECT array_agg(id ORDER BY id) AS ids FROM tickets_category WHERE NOT is_security),
thrown AS (
    SELECT number::bigint AS id, 1 + seed_dice(number, 1, greatest(:tickets / 20, 500)) AS customer,
        (ARRAY['en', 'pt', 'es'])[1 + seed_dice(number, 2, 3)] AS language,
        CASE WHEN seed_dice(number, 3, 100) < 3 THEN 'critical' WHEN seed_dice(number, 3, 100) < 15 THEN 'high'
             WHEN seed_dice(number, 3, 100) < 65 THEN 'medium' ELSE 'low' END AS severity,
        seed_dice(number, 4, 100) < 3 AS is_security, seed_dice(number, 5, 100) AS tier_throw,
        -- The newest sixth is live, and one in eight of the others.
        number > :tickets * 0.84 OR seed_dice(number, 6, 8) = 0 AS is_live, seed_dice(number, 7, 100) AS status_throw,
        now() - (:tickets - number) * (interval '365 days' / :tickets) AS created_at
    FROM generate_series(1, :tickets) number),
placed AS (
    SELECT *, CASE WHEN is_security OR severity = 'critical' THEN 3 WHEN severity = 'high' THEN 2 WHEN tier_throw < 75 THEN 1
                   WHEN tier_throw < 92 THEN 2 WHEN tier_throw < 97 THEN 3 ELSE 4 END AS tier
    FROM thrown)
SELECT p.id, p.customer, p.language, p.severity, p.is_security, p.is_live, p.tier, p.created_at, t.id AS team, c.id AS category,
    c.issue_type_id AS issue_type, a.id AS agent, CASE WHEN p.status_throw % 10 < 7 THEN a.id END AS assignee,
    CASE WHEN p.is_live THEN CASE WHEN p.status_throw < 20 THEN 'new' WHEN p.status_throw < 93 THEN 'open' ELSE 'on_hold' END
         WHEN p.status_throw < 15 THEN 'resolved' ELSE 'closed' END AS status,
    initcap(split_part(s.text, ' ', 1)) || ' ' || split_part(s.text, ' ', 2) || ' ' || split_part(s.text, ' ', 3) AS subject
FROM placed p
JOIN LATERAL (SELECT id FROM desk_team WHERE CASE WHEN p.is_security THEN is_security WHEN p.tier = 4
              THEN tier_id = 4 ELSE is_default AND tier_id = p.tier END ORDER BY id LIMIT 1) t ON true
CROSS JOIN categories
JOIN tickets_category c ON c.id = CASE WHEN p.is_security THEN (SELECT id FROM tickets_category WHERE is_security)
                                  ELSE categories.ids[1 + seed_dice(p.id, 8, cardinality(categories.ids))] END
JOIN desk_user a ON a.email = 'tier' || p.tier || '-' || 1 + seed_dice(p.id, 9, 10) || '@financy.example'
JOIN seed_snippet s ON s.id = seed_dice(p.id, 10, 20000);
ALTER TABLE seed_facts ADD PRIMARY KEY (id);
ANALYZE seed_facts;

-- What a ticket owes. Three in a hundred have missed their first promise; a hold on a vendor pauses the time in the tier.
CREATE FUNCTION seed_promises(f seed_facts)
RETURNS TABLE (kind text, target interval, due_at timestamptz, breached boolean, of_tier boolean) LANGUAGE sql STABLE AS $$
    SELECT k.kind, interval '30 days',
        CASE WHEN NOT f.is_live THEN f.created_at + interval '24 hours'
             WHEN k.kind = 'time_in_tier' AND f.status = 'on_hold' THEN NULL
             WHEN k.throw = 20 AND seed_dice(f.id, 24, 100) < 3 THEN now() - seed_dice(f.id, 20, 86400) * interval '1 second'
             ELSE now() + interval '1 day' + seed_dice(f.id, k.throw, 2592000) * interval '1 second' END,
        f.is_live AND k.throw = 20 AND seed_dice(f.id, 24, 100) < 3, k.throw > 21
    FROM (VALUES (CASE WHEN f.status = 'new' THEN 'first_response' ELSE 'next_response' END, 20), ('resolution', 21),
                 ('tier_response', 22), ('time_in_tier', 23)) k (kind, throw)
    WHERE k.kind <> 'time_in_tier' OR f.tier < 4
$$;
