#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace keyrig::app {

struct ProgramResult {
  int status = -1;
  std::string output;  // standard output and error
};

/// Runs a command of the shell, for tests of the programs.
inline ProgramResult RunShell(const std::string& command) {
  ProgramResult result;
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return result;
  std::array<char, 4096> buffer;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    result.output.append(buffer.data(), count);
  }
  const int status = pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

inline ProgramResult RunKeyrig(const std::string& arguments) {
  return RunShell(KEYRIG_BIN_DIR "/keyrig " + arguments);
}

}  // namespace keyrig::app
