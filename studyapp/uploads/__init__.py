"""Taking files in: whatever people upload is looked at by the scanner of the site (ADR 0034)."""
