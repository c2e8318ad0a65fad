"""Text messages: reports, questions, opt-outs and ratings come in, notices of progress go out."""
