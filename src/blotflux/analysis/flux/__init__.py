"""LC3 flux, step by step: arms, selection of lanes, model, checks, gates, decision, sentences."""
