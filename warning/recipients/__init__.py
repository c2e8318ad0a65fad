"""Who is to be warned by telephone because of what he does: village heads, schools, traffic radio."""
