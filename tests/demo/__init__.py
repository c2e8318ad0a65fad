"""The demo: one real call, from ring to closed case, told line by line. `scripts/demo` runs it."""
