"""The console's TypeScript types, generated from the models in the code: `python -m gateway.contracts`."""
