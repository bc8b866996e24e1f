"""What `ferrule doctor` looks at: pure checks that return findings."""
