"""Who may say how much, one file per kind of limit; each gives named ``core.model.grants.Limit`` values."""
