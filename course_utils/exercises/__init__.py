"""The exercises: one module per chapter, and the engine they are declared with."""
