-- The obvious build with as many tickets, and as many rows a ticket, as the desk that it is measured beside.
INSERT INTO auth_user (id, username, email, password, is_superuser, is_staff, is_active, first_name, last_name, date_joined)
SELECT i, 'agent' || i, 'agent' || i || '@financy.example', '!', i = 1, true, true, '', '', now() FROM generate_series(1, 41) i;
INSERT INTO authtoken_token (key, created, user_id) VALUES (':token', now(), 1);
INSERT INTO naive_customer (id, name, email)
SELECT i, 'Customer ' || i, 'customer' || i || '@example.com' FROM generate_series(1, :tickets / 20) i;
INSERT INTO naive_ticket (id, customer_id, subject, description, severity, status, tier, assignee_id, created_at, updated_at)
SELECT i, 1 + i % (:tickets / 20), 'Transaction ' || i, repeat('What was tried is below. ', 8),
    (ARRAY['critical', 'high', 'medium', 'low'])[1 + i % 4], CASE WHEN i % 4 = 0 THEN 'open' ELSE 'closed' END, 1 + i % 4, 1 + i % 41,
    now() - (:tickets - i) * interval '30 seconds', now() FROM generate_series(1, :tickets) i;
INSERT INTO naive_reply (ticket_id, author_id, is_internal, body, created_at)
SELECT i, 1 + (i + k) % 41, false, repeat('What was tried is below. ', 8), now()
FROM generate_series(1, :tickets) i, generate_series(1, 2) k WHERE k = 1 OR i % 2 = 0;
INSERT INTO naive_deadline (ticket_id, kind, target, started_at, due_at)
SELECT i, (ARRAY['first_response', 'resolution', 'tier_response', 'time_in_tier'])[k], interval '4 hours', now(), now()
FROM generate_series(1, :tickets) i, generate_series(1, 4) k WHERE k = 2 OR i % 4 = 0;
ANALYZE;
