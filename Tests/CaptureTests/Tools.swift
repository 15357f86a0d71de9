import Glibc
import Testing

/// Runs a tool with `input` on its standard input and returns its standard output.
func compress(_ input: [UInt8], with command: [String]) throws -> [UInt8] {
  let (source, target) = (try TemporaryFile(input), try TemporaryFile([]))
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addopen(&actions, 0, source.path, O_RDONLY, 0)
  posix_spawn_file_actions_addopen(&actions, 1, target.path, O_WRONLY | O_TRUNC, 0)
  var arguments = command.map { strdup($0) } + [nil]
  defer { for argument in arguments { free(argument) } }
  var child = pid_t()
  try #require(posix_spawnp(&child, command[0], &actions, nil, &arguments, environ) == 0, "\(command[0]) is not installed")
  var status: Int32 = 0
  while waitpid(child, &status, 0) < 0 { try #require(errno == EINTR) }
  try #require(status == 0, "\(command) failed")
  return try contents(of: target.path)
}

func contents(of path: String) throws -> [UInt8] {
  let descriptor = open(path, O_RDONLY)
  try #require(descriptor >= 0)
  defer { close(descriptor) }
  var result: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(descriptor, &piece, piece.count)
    if count <= 0 { return result }
    result += piece[..<count]
  }
}
