"""The person's own pages: today, profile, businesses, what this node is."""
