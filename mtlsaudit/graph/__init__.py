"""Where platforms meet: decoded objects become an estate, claims become hops and certificates in use."""
