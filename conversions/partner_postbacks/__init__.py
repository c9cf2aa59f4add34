"""Partners told by HTTP of their conversions' statuses (conversions.md, "Partner postbacks")."""
