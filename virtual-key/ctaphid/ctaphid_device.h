#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/base/bytes.h"
#include "harness/base/clock.h"
#include "harness/base/hid.h"
#include "harness/base/rng.h"
#include "virtual-key/ctaphid/channel_table.h"
#include "virtual-key/ctaphid/ctaphid.h"
#include "virtual-key/ctaphid/framing.h"

namespace keyrig::ctaphid {

/// Tells one request from another; a channel may have an abandoned and a new one.
using RequestId = std::uint64_t;

/// A whole message for the authenticator.
struct Request {
  RequestId id = 0;
  ChannelId channel = 0;
  Bytes message;
  bool is_u2f = false;  // a raw message of U2F (MSG), else one of CTAP2 (CBOR)
};

/// What one report led to.
struct Step {
  std::vector<HidReport> replies;   // to be sent now, in this order
  std::optional<Request> request;   // to be processed, then answered with Respond
  std::optional<RequestId> cancel;  // a request being processed whose wait is to end
  bool wink = false;
};

/// The version that INIT answers with.
struct DeviceVersion {
  std::uint8_t major = 1, minor = 0, build = 0;
};

/// What a key speaks; INIT says so.
struct Protocols {
  bool has_ctap2 = true;
  bool has_u2f = false;
};

/// The device's side of CTAPHID (CTAP 2.1 §11.2): 64-byte reports in, 64-byte
/// reports out, no I/O. One transaction at a time; not thread-safe.
class CtapHidDevice {
 public:
  /// How long an unfinished message waits for its next packet.
  static constexpr Duration kMessageTimeout = std::chrono::milliseconds(500);
  static constexpr std::uint8_t kMaxLockSeconds = 10;

  CtapHidDevice(DeviceVersion version, Clock& clock, Rng& rng, Protocols protocols = {});

  /// Takes one report from the host.
  Step Receive(const HidReport& report);
  /// The authenticator's answer to a request; nothing where INIT has abandoned it meanwhile.
  std::vector<HidReport> Respond(RequestId request, ByteView message);
  /// Nothing unless a CBOR request is being processed and was not cancelled.
  std::vector<HidReport> Keepalive(KeepaliveStatus status);
  /// ERR_MSG_TIMEOUT if an unfinished message has waited for too long.
  std::vector<HidReport> Tick();
  /// When Tick has something to do at the latest; nothing where no message is unfinished.
  std::optional<Instant> Deadline() const;
  /// As after power-up: no channel, no lock, no transaction.
  void PowerCycle();

 private:
  struct Processing {
    RequestId id;
    ChannelId channel;
    Command command;  // CBOR or MSG
    bool cancelled = false;
  };
  struct Lock {
    ChannelId channel;
    Instant until;
  };

  void Begin(const HidReport& report, Step& step);
  void Continue(const HidReport& report, Step& step);
  void Initialize(const HidReport& report, Step& step);
  void Cancel(ChannelId channel, Step& step);
  void Execute(Message message, Step& step);
  void ExecuteLock(const Message& message, Step& step);
  std::optional<ErrorCode> FaultOf(const PacketHead& head) const;
  bool IsHeldByOther(ChannelId channel) const;

  const DeviceVersion version_;
  const Protocols protocols_;
  Clock& clock_;
  ChannelTable channels_;
  std::optional<Lock> lock_;
  Assembler assembler_;
  std::optional<Instant> message_deadline_;  // while assembler_ is unfinished
  std::optional<Processing> processing_;
  RequestId last_request_ = 0;
};

}  // namespace keyrig::ctaphid
