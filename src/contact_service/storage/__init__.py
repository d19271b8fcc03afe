"""Where things rest: PostgreSQL through named SQL. Meets sealed bytes only, never plaintext or keys."""
