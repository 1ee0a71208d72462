#pragma once

#include <fido.h>
#include <fido/es256.h>

#include <cstring>
#include <memory>
#include <utility>

#include "harness/base/hid.h"

namespace keyrig::virtual_key {

/// libfido2's own view of a key, over a port of this process; for tests.
class Fido2TestDevice {
 public:
  explicit Fido2TestDevice(std::unique_ptr<HidPort> port) : device_(fido_dev_new()) {
    static constexpr fido_dev_io_t kIo{&Open, &Close, &Read, &Write};
    fido_init(FIDO_DISABLE_U2F_FALLBACK);
    opening_ = port.release();
    fido_dev_set_io_functions(device_, &kIo);
    open_status_ = fido_dev_open(device_, "port");
  }
  ~Fido2TestDevice() {
    fido_dev_close(device_);
    fido_dev_free(&device_);
  }
  Fido2TestDevice(const Fido2TestDevice&) = delete;
  Fido2TestDevice& operator=(const Fido2TestDevice&) = delete;

  int OpenStatus() const { return open_status_; }
  fido_dev_t* get() { return device_; }

 private:
  static void* Open(const char*) { return std::exchange(opening_, nullptr); }
  static void Close(void* handle) { delete static_cast<HidPort*>(handle); }
  static int Read(void* handle, unsigned char* out, std::size_t size, int timeout) {
    const auto report = static_cast<HidPort*>(handle)->Read(std::chrono::milliseconds(timeout));
    if (!report || size < report->size()) return -1;
    std::memcpy(out, report->data(), report->size());
    return static_cast<int>(report->size());
  }
  static int Write(void* handle, const unsigned char* data, std::size_t size) {
    HidReport report;
    if (size != report.size() + 1) return -1;  // the first byte is the report number
    std::memcpy(report.data(), data + 1, report.size());
    return static_cast<HidPort*>(handle)->Write(report) ? static_cast<int>(size) : -1;
  }

  inline static HidPort* opening_ = nullptr;
  fido_dev_t* device_;
  int open_status_ = FIDO_ERR_INTERNAL;
};

}  // namespace keyrig::virtual_key
