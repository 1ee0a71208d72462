#include "harness/app/list_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "harness/app/catalogue.h"
#include "harness/app/run_command.h"
#include "harness/base/event.h"
#include "harness/base/rng.h"
#include "harness/device/card_reader.h"
#include "harness/device/fido2_key.h"

namespace keyrig::app {
namespace {

namespace fs = std::filesystem;

struct HidNode {
  std::string path;  // "/dev/hidraw3"
  std::string name;  // what the device calls itself
};

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Whether a report descriptor speaks of the FIDO usage page 0xF1D0 (CTAP 2.1 §11.2.8.2).
bool IsFido(const std::string& descriptor) {
  constexpr std::array<char, 3> kUsagePage = {'\x06', '\xd0', '\xf1'};
  return !std::ranges::search(descriptor, kUsagePage).empty();
}

std::string NameIn(const std::string& uevent) {
  constexpr std::string_view kName = "HID_NAME=";
  const std::size_t begin = uevent.find(kName);
  if (begin == std::string::npos) return {};
  const std::size_t from = begin + kName.size();
  return uevent.substr(from, uevent.find('\n', from) - from);
}

std::vector<HidNode> FidoNodes() {
  std::vector<HidNode> nodes;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/sys/class/hidraw", error)) {
    const fs::path device = entry.path() / "device";
    if (IsFido(ReadAll(device / "report_descriptor"))) {
      nodes.push_back(
          {"/dev/" + entry.path().filename().string(), NameIn(ReadAll(device / "uevent"))});
    }
  }
  std::ranges::sort(nodes, {}, &HidNode::path);
  return nodes;
}

std::string DevicePorts() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/sys/class/udc", error)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names.empty() ? "none on this machine" : fmt::format("{}", fmt::join(names, ", "));
}

const char* Availability(const char* node) {
  if (access(node, R_OK | W_OK) == 0) return "ready";
  return access(node, F_OK) == 0 ? "may not be opened by this user" : "not on this machine";
}

/// Whether the card in a reader is a FIDO2 key, and what it says of itself.
std::string WhatIsIn(const device::CardReader& reader) {
  if (!reader.has_card) return "a card reader; no card is in it";
  Rng rng;
  NullSink nobody;
  auto key = device::Fido2Key::OpenReader(reader.name, rng, nobody, "station");
  if (!key) return "a card reader; " + key.error().message;
  const auto info = key->GetInfo();
  if (!info) return "a card reader; its card does not answer getInfo";
  return fmt::format("a FIDO2 key of the model {}", info->aaguid.Text());
}

void PrintCards() {
  constexpr const char* kVirtual = "a virtual key in a virtual card reader; pcscd:";
  const auto readers = device::ListCardReaders();
  if (!readers) {
    fmt::print("{:<20} {} does not answer\n", "nfc:", kVirtual);
    return;
  }
  fmt::print("{:<20} {} ready\n", "nfc:", kVirtual);
  for (const device::CardReader& reader : *readers) {
    fmt::print("{:<20} {}\n", "nfc:" + reader.name, WhatIsIn(reader));
  }
}

}  // namespace

int ListScenarios(const std::optional<fs::path>& folder) {
  const auto catalogue = LoadCatalogue(folder);
  if (!catalogue) {
    fmt::print(stderr, "keyrig: {}\n", catalogue.error().message);
    return kUsage;
  }
  std::string theme;
  for (const scenario::Scenario& each : catalogue->scenarios) {
    if (each.theme != theme) {
      fmt::print("{}{}\n", theme.empty() ? "" : "\n", each.theme);
      theme = each.theme;
    }
    fmt::print("  {:<38} {}{}\n", each.name, each.intent,
               each.lab.empty() ? "" : fmt::format(" [lab {}]", fmt::join(each.lab, ", ")));
  }
  return kPassed;
}

int ListKeys() {
  fmt::print("{:<20} a virtual key inside keyrig, without a device\n", "memory:");
  fmt::print("{:<20} a virtual key that the kernel knows as a HID device; /dev/uhid: {}\n",
             "uhid:", Availability("/dev/uhid"));
  fmt::print("{:<20} a virtual key at a USB device port that leads back here; ports: {}\n",
             "gadget:", DevicePorts());
  const std::vector<HidNode> nodes = FidoNodes();
  for (const HidNode& node : nodes) {
    fmt::print("{:<20} {}; {}\n", "hid:" + node.path, node.name, Availability(node.path.c_str()));
  }
  if (nodes.empty()) {
    fmt::print("{:<20} a physical key; none is plugged in\n", "hid:/dev/hidrawN");
  }
  PrintCards();
  return kPassed;
}

}  // namespace keyrig::app
