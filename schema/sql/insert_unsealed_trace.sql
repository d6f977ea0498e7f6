INSERT INTO unsealed (trace_number) VALUES (?) ON CONFLICT DO NOTHING;
