#include "harness/device/hidraw_port.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/hidraw.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

namespace keyrig::device {
namespace {

constexpr int kLockAttempts = 20;

class HidrawPort final : public HidPort {
 public:
  explicit HidrawPort(int descriptor) : descriptor_(descriptor) {}
  ~HidrawPort() override { close(descriptor_); }
  HidrawPort(const HidrawPort&) = delete;
  HidrawPort& operator=(const HidrawPort&) = delete;

  bool Write(const HidReport& report) override {
    // The report number leads even where the device has none (Documentation/hid/hidraw.rst).
    ByteArray<1 + sizeof(HidReport)> numbered{};
    std::ranges::copy(report, numbered.begin() + 1);
    ssize_t written;
    do {
      written = write(descriptor_, numbered.data(), numbered.size());
    } while (written < 0 && errno == EINTR);
    return written == static_cast<ssize_t>(numbered.size());
  }

  std::optional<HidReport> Read(std::chrono::milliseconds timeout) override {
    pollfd waiting{descriptor_, POLLIN, 0};
    const int milliseconds = timeout.count() < 0 ? -1 : static_cast<int>(timeout.count());
    int ready;
    do {
      ready = poll(&waiting, 1, milliseconds);
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0) return std::nullopt;
    HidReport report;
    if (read(descriptor_, report.data(), report.size()) != static_cast<ssize_t>(report.size())) {
      return std::nullopt;
    }
    return report;
  }

 private:
  int descriptor_;
};

Result<int, Error> Open(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor >= 0) return descriptor;
  if (errno == EACCES || errno == EPERM) {
    return Fail(
        fmt::format("{} may not be opened for reading and writing. Give this user access "
                    "(a udev rule with TAG+=\"uaccess\", or chown), or run as root.",
                    path));
  }
  return Fail(
      fmt::format("{} cannot be opened: {}. Is the key plugged in? fido2-token -L lists "
                  "the nodes.",
                  path, std::strerror(errno)));
}

// HID usage page 0xF1D0 (CTAP 2.1 §11.2.8.2): item 0x06, then the page, little-endian.
bool IsFido(int descriptor) {
  hidraw_report_descriptor report{};
  int size = 0;
  if (ioctl(descriptor, HIDIOCGRDESCSIZE, &size) < 0) return false;
  report.size = static_cast<__u32>(size);
  if (ioctl(descriptor, HIDIOCGRDESC, &report) < 0) return false;
  constexpr ByteArray<3> kUsagePage = {0x06, 0xD0, 0xF1};
  return !std::ranges::search(ByteView(report.value, report.size), kUsagePage).empty();
}

// The holder's frames may still be on their way when it lets go, so the node is opened anew after a
// wait; those frames belong to descriptors that were open then.
Result<int, Error> OpenLocked(const std::string& path) {
  for (int attempt = 1; attempt <= kLockAttempts; ++attempt) {
    const int descriptor = TRY(Open(path));
    if (!IsFido(descriptor)) {
      close(descriptor);
      return Fail(
          fmt::format("{} is no FIDO device (its HID usage page is not 0xF1D0). "
                      "fido2-token -L lists the nodes of security keys.",
                      path));
    }
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
    close(descriptor);
    std::this_thread::sleep_for(std::chrono::milliseconds(100) * attempt);
  }
  return Fail(fmt::format("{} is in use by another program; end it and try again.", path));
}

}  // namespace

Result<std::unique_ptr<HidPort>, Error> OpenHidraw(const std::string& path) {
  return std::make_unique<HidrawPort>(TRY(OpenLocked(path)));
}

}  // namespace keyrig::device
