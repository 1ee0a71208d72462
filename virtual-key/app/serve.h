#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "harness/base/result.h"
#include "virtual-key/virtual_key.h"

namespace keyrig::app {

struct ServeOptions {
  VirtualKeyOptions key;
  std::string name;
  std::optional<std::uint64_t> seed;
  std::optional<std::filesystem::path> control;
};

/// Attaches one key to the kernel, says "ready: /dev/hidrawN", and detaches it again on SIGINT or
/// SIGTERM. To be called before the process has other threads.
Result<void, Error> Serve(const ServeOptions& options);

}  // namespace keyrig::app
