"""What Rust sources say that PyO3 will not do, found before cargo runs.

`check.lint_crates` reads the sources of a project's own crates and returns
findings; `lexer`, `syntax`, `cfg`, `names` and `modules` understand as much of
Rust as that takes, `stable_abi` and `embedding` hold the rules, and
`availability` what PyO3's releases give under the stable ABI. What is not
certain is not reported: an unknown `cfg`, a macro of another crate.
"""
