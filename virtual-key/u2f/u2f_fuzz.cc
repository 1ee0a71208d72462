// A script of U2F's raw messages against one key. Whatever comes in, an answer ends in a status
// word and has data only with success; what is registered signs in, for its application alone and
// with a counter that rises. The first byte says what the key is and what its user does.
#include <algorithm>
#include <cstdlib>
#include <optional>

#include "harness/base/certificate.h"
#include "harness/base/crypto.h"
#include "virtual-key/apdu/command.h"
#include "virtual-key/u2f/raw_message.h"

namespace keyrig::u2f {
namespace {

using authenticator::GestureOutcome;

void Demand(bool holds) {
  if (!holds) std::abort();
}

class FuzzedUser final : public authenticator::UserGesture {
 public:
  explicit FuzzedUser(bool touches)
      : outcome_(touches ? GestureOutcome::kTouched : GestureOutcome::kTimedOut) {}
  GestureOutcome Await(const authenticator::GesturePrompt&, std::stop_token) override {
    return outcome_;
  }
  authenticator::FingerPresented AwaitFinger(const authenticator::GesturePrompt&,
                                             std::stop_token) override {
    return {.outcome = outcome_, .finger = "thumb"};
  }

 private:
  const GestureOutcome outcome_;
};

authenticator::AuthenticatorConfig ConfigOf(std::uint8_t flags) {
  authenticator::AuthenticatorConfig config;
  config.versions = {authenticator::Version::kU2fV2, authenticator::Version::kFido20,
                     authenticator::Version::kFido21};
  config.always_uv = (flags & 1) != 0;
  if ((flags & 2) != 0) config.fingerprint.emplace();
  return config;
}

void EnrollThumb(authenticator::MemoryStore& store) {
  authenticator::DeviceState device;
  device.initialized = true;
  device.fingers.push_back({.id = Bytes(8, 1), .name = "", .finger = "thumb"});
  Demand(store.Save(device).has_value());
}

class Script {
 public:
  Script(const std::uint8_t* data, std::size_t size)
      : rest_(data, size), flags_(Next()), user_((flags_ & 4) == 0) {
    if ((flags_ & 2) != 0) EnrollThumb(store_);
  }

  void Run() {
    while (!rest_.empty()) {
      switch (Next() % 4) {
        case 0:
          Send(TakeBytes());
          break;
        case 1:
          Register();
          break;
        case 2:
          SignIn();
          break;
        default:
          SendWithFuzzedData();
      }
    }
  }

 private:
  struct Registered {
    ByteArray<32> application;
    Bytes key_handle;
    crypto::PublicKey key;
  };

  std::uint8_t Next() {
    if (rest_.empty()) return 0;
    const std::uint8_t byte = rest_.front();
    rest_ = rest_.subspan(1);
    return byte;
  }
  Bytes TakeBytes() {
    const std::size_t size = std::min<std::size_t>(Next(), rest_.size());
    const Bytes bytes = ToBytes(rest_.first(size));
    rest_ = rest_.subspan(size);
    return bytes;
  }

  /// The data of a success; nothing of a refusal.
  std::optional<Bytes> Send(ByteView apdu) {
    const Bytes answer = Process(key_, apdu);
    Demand(answer.size() >= 2);
    const ByteView whole = answer;
    if (ReadBigEndian16(whole.last<2>()) == 0x9000) return ToBytes(whole.first(whole.size() - 2));
    Demand(answer.size() == 2);
    return std::nullopt;
  }
  std::optional<Bytes> Send(std::uint8_t instruction, std::uint8_t p1, Bytes data) {
    apdu::Command command;
    command.ins = instruction;
    command.p1 = p1;
    command.data = std::move(data);
    return Send(command.Extended());
  }

  void SendWithFuzzedData() {
    const std::uint8_t instruction = Next();
    const std::uint8_t p1 = Next();
    Send(instruction, p1, TakeBytes());
  }

  void Register() {
    const auto application = crypto::Sha256(ByteArray<1>{Next()});
    const auto answer = Send(0x01, 0, Concat({challenge_, application}));
    if (!answer) return;
    const ByteView data = *answer;
    Demand(data.size() > 67 && data[0] == 0x05);
    const ByteView point = data.subspan(1, 65);
    const ByteView rest = data.subspan(67U + data[66]);
    const std::size_t certificate_size = 4U + ReadBigEndian16(rest.subspan<2, 2>());
    const auto certificate = crypto::Certificate::FromDer(rest.first(certificate_size));
    const auto key = crypto::PublicKey::From(crypto::EcPoint{
        crypto::Curve::kP256, ToBytes(point.subspan(1, 32)), ToBytes(point.subspan(33, 32))});
    Demand(certificate.has_value() && key.has_value());
    const Bytes key_handle = ToBytes(data.subspan(67, data[66]));
    Demand(certificate->Key().Verify(
        CoseAlgorithm::kEs256,
        Concat({ByteArray<1>{0}, application, challenge_, key_handle, point}),
        rest.subspan(certificate_size)));
    registered_ = Registered{application, key_handle, *key};
  }

  /// With the handle that was made last, whole or with one byte changed.
  void SignIn() {
    if (!registered_) return;
    const std::uint8_t p1 = Next();
    const std::uint8_t place = Next();
    const std::uint8_t change = Next();
    ByteArray<32> application = registered_->application;
    Bytes handle = registered_->key_handle;
    if (place < handle.size()) {
      handle[place] ^= change;
    } else {
      application[place % application.size()] ^= change;
    }
    const ByteArray<1> size = {static_cast<std::uint8_t>(handle.size())};
    const auto answer = Send(0x02, p1, Concat({challenge_, application, size, handle}));
    if (!answer) return;
    Demand(change == 0);
    const ByteView data = *answer;
    Demand(data.size() > 5);
    const std::uint32_t counter = ReadBigEndian32(data.subspan<1, 4>());
    Demand(counter > counter_);
    counter_ = counter;
    Demand(registered_->key.Verify(
        CoseAlgorithm::kEs256, Concat({application, data.first(5), challenge_}), data.subspan(5)));
  }

  ByteView rest_;
  const std::uint8_t flags_;
  FrozenClock clock_{Instant{}};
  Rng rng_{1};
  FuzzedUser user_;
  authenticator::MemoryStore store_;
  NullSink events_;
  authenticator::Authenticator key_{ConfigOf(flags_), {clock_, rng_, user_, store_, events_}};
  const Bytes challenge_ = Bytes(32, 0xC4);
  std::optional<Registered> registered_;
  std::uint32_t counter_ = 0;
};

}  // namespace
}  // namespace keyrig::u2f

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  keyrig::u2f::Script(data, size).Run();
  return 0;
}
