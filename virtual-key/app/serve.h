#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "harness/base/result.h"
#include "virtual-key/transport/vpcd_card.h"
#include "virtual-key/virtual_key.h"

namespace keyrig::app {

enum class Transport { kUhid, kNfc };

struct ServeOptions {
  Transport transport = Transport::kUhid;
  VirtualKeyOptions key;
  std::string name;
  std::uint16_t vpcd_port = transport::kVpcdPort;  // kNfc: where the reader waits for a card
  std::optional<std::uint64_t> seed;
  std::optional<std::filesystem::path> store;  // else it remembers in RAM
  std::optional<std::filesystem::path> control;
};

/// Attaches one key, says where ("ready: /dev/hidrawN", "ready: Virtual PCD 00 00"), and detaches
/// it again on SIGINT or SIGTERM. To be called before the process has other threads.
Result<void, Error> Serve(const ServeOptions& options);

}  // namespace keyrig::app
