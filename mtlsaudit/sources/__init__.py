"""Where documents come from. A source yields raw documents and gaps, nothing else."""
