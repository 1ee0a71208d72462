#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "harness/base/result.h"
#include "virtual-key/control/http_server.h"
#include "virtual-key/journal/journal.h"
#include "virtual-key/transport/usb_identity.h"
#include "virtual-key/transport/vpcd_card.h"
#include "virtual-key/virtual_key.h"

namespace keyrig::app {

enum class Transport { kUhid, kNfc, kGadget };

/// The HTTP control of the keys.
struct HttpOptions {
  control::LoopbackAddress address;
  std::optional<std::filesystem::path> token_file;  // else the token is printed
};

struct ServeOptions {
  Transport transport = Transport::kUhid;
  int count = 1;  // of kUhid
  VirtualKeyOptions key;
  transport::UsbIdentity usb;  // kUhid: all but the serial number
  std::string udc;             // kGadget: the USB device port, empty for the first
  std::uint16_t vpcd_port = transport::kVpcdPort;  // kNfc: where the reader waits for a card
  std::optional<std::uint64_t> seed;               // of the first key; the next has the next number
  std::optional<std::filesystem::path> store;  // else it remembers in RAM; of several: FILE.1, …
  std::optional<std::filesystem::path> control;
  std::optional<HttpOptions> http;
  std::optional<std::filesystem::path> journal;  // the file that it is written to
  journal::Format journal_format = journal::Format::kText;
};

/// Attaches the keys, says where, a line each ("ready: /dev/hidrawN", "ready: Virtual PCD 00 00",
/// "ready: /dev/hidgN"), and detaches them again on SIGINT or SIGTERM. To be called before the
/// process has other threads.
Result<void, Error> Serve(const ServeOptions& options);

}  // namespace keyrig::app
