"""Follow-up (回访): a sample of closed cases is asked whether it is solved, and how satisfied they are."""
