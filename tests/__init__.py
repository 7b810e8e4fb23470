"""The promises of SCIM Assistant, in its own words."""
