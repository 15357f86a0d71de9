import ArgumentParser
struct Watch: ParsableCommand { enum Format: String, ExpressibleByArgument, CaseIterable { case text, jsonl } }
