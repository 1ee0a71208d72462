#pragma once

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "harness/base/file_descriptor.h"
#include "harness/base/hid.h"

namespace keyrig::virtual_key {

/// A client's end of a hidraw node, as plain as the kernel gives it; for tests.
class HidrawTestPort final : public HidPort {
 public:
  /// `pause` is waited after each report that is written.
  explicit HidrawTestPort(const std::string& node, std::chrono::microseconds pause = {})
      : fd_(::open(node.c_str(), O_RDWR | O_CLOEXEC)), pause_(pause) {}

  bool IsOpen() const { return static_cast<bool>(fd_); }
  int Handle() const { return fd_.get(); }

  bool Write(const HidReport& report) override {
    std::array<std::uint8_t, 65> numbered{};
    std::ranges::copy(report, numbered.begin() + 1);
    const bool written = ::write(fd_.get(), numbered.data(), numbered.size()) == 65;
    if (pause_.count() > 0) std::this_thread::sleep_for(pause_);
    return written;
  }

  std::optional<HidReport> Read(std::chrono::milliseconds timeout) override {
    pollfd source{fd_.get(), POLLIN, 0};
    if (::poll(&source, 1, static_cast<int>(timeout.count())) <= 0) return std::nullopt;
    HidReport report;
    if (::read(fd_.get(), report.data(), report.size()) != 64) return std::nullopt;
    return report;
  }

 private:
  FileDescriptor fd_;
  const std::chrono::microseconds pause_;
};

}  // namespace keyrig::virtual_key
