"""Who may come in: accounts with a role, passwords by argon2id, revocable sign-ins, a throttle (G-008)."""
