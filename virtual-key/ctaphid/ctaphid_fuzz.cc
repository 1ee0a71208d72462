// A script of reports, pauses and answers against one device. Whatever comes in, each reply is a
// whole message, and answers are sent for the running request alone.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "virtual-key/ctaphid/ctaphid_device.h"

namespace keyrig::ctaphid {
namespace {

class Script {
 public:
  Script(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  void Run() {
    while (!rest_.empty()) {
      switch (Next() % 6) {
        case 0:
          Send(Report());
          break;
        case 1: {  // the same on a channel that was given out
          HidReport report = Report();
          const ChannelId channel =
              channels_.empty() ? kBroadcastChannel : channels_[Next() % channels_.size()];
          std::ranges::copy(BigEndian32(channel), report.begin());
          Send(report);
          break;
        }
        case 2:
          clock_.Advance(std::chrono::milliseconds(Next() * 8));
          CheckWhole(device_.Tick());
          break;
        case 3:
          Answer();
          break;
        case 4:
          CheckWhole(device_.Keepalive(KeepaliveStatus::kProcessing));
          break;
        default:
          CheckWhole(device_.Respond(last_request_ + 1, Bytes{0}));
      }
    }
  }

 private:
  std::uint8_t Next() {
    if (rest_.empty()) return 0;
    const std::uint8_t byte = rest_.front();
    rest_ = rest_.subspan(1);
    return byte;
  }

  HidReport Report() {
    HidReport report{};
    const std::size_t size = std::min<std::size_t>(Next() % 65, rest_.size());
    std::ranges::copy(rest_.first(size), report.begin());
    rest_ = rest_.subspan(size);
    return report;
  }

  void Send(const HidReport& report) {
    const Step step = device_.Receive(report);
    CheckWhole(step.replies);
    if (step.request) {
      if (step.request->message.empty() || step.request->id <= last_request_) std::abort();
      last_request_ = step.request->id;
    }
  }

  void Answer() {
    const std::size_t size = std::size_t{Next()} * 32;
    const auto reports = device_.Respond(last_request_, Bytes(size, 0x5A));
    CheckWhole(reports);
    if (!device_.Respond(last_request_, Bytes{0}).empty()) std::abort();
  }

  void CheckWhole(const std::vector<HidReport>& reports) {
    Assembler assembler;
    bool open = false;
    for (const HidReport& report : reports) {
      if (open) {
        if (!assembler.Continue(report)) std::abort();
      } else {
        assembler.Begin(report);
      }
      open = !assembler.IsComplete();
      if (open) continue;
      const Message message = assembler.Take();
      if (message.command == Command::kInit && message.payload.size() == 17) {
        channels_.push_back(ReadBigEndian32(std::span(message.payload).subspan<8, 4>()));
      }
    }
    if (open) std::abort();
  }

  ByteView rest_;
  FrozenClock clock_{Instant{}};
  Rng rng_{1};
  CtapHidDevice device_{{}, clock_, rng_};
  std::vector<ChannelId> channels_;
  RequestId last_request_ = 0;
};

}  // namespace
}  // namespace keyrig::ctaphid

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  keyrig::ctaphid::Script(data, size).Run();
  return 0;
}
