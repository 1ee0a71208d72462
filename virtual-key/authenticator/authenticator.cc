#include "virtual-key/authenticator/authenticator.h"

#include <utility>

#include "virtual-key/authenticator/commands.h"
#include "virtual-key/authenticator/state.h"

namespace keyrig::authenticator {
namespace {

/// Command bytes of CTAP 2.1 §6.
enum class Command : std::uint8_t {
  kMakeCredential = 0x01,
  kGetAssertion = 0x02,
  kGetInfo = 0x04,
  kClientPin = 0x06,
  kReset = 0x07,
  kGetNextAssertion = 0x08,
  kCredentialManagement = 0x0A,
  kSelection = 0x0B,
};

Outcome<Bytes> Dispatch(State& state, ByteView message, const Transaction& transaction) {
  if (message.empty()) return Err(Status::kInvalidLength);
  if (message.size() > state.config.max_message_size) return Err(Status::kRequestTooLarge);
  TRY(state.EnsureInitialized());
  const auto command = static_cast<Command>(message.front());
  const ByteView parameters = message.subspan(1);
  // Only these two go on with a sequence; whatever else comes in between ends it (CTAP 2.1 §6).
  if (command != Command::kGetNextAssertion && command != Command::kCredentialManagement) {
    state.sequence.reset();
  }
  switch (command) {
    case Command::kMakeCredential:
      return MakeCredential(state, parameters, transaction);
    case Command::kGetAssertion:
      return GetAssertion(state, parameters, transaction);
    case Command::kGetInfo:
      return GetInfo(state);
    case Command::kClientPin:
      return ClientPin(state, parameters);
    case Command::kReset:
      return Reset(state, transaction);
    case Command::kGetNextAssertion:
      return GetNextAssertion(state, transaction);
    case Command::kCredentialManagement:
      return CredentialManagement(state, parameters, transaction);
    case Command::kSelection:
      return Selection(state, transaction);
  }
  return Err(Status::kInvalidCommand);
}

}  // namespace

Authenticator::Authenticator(AuthenticatorConfig config, Environment environment)
    : state_(std::make_unique<State>(std::move(config), environment)) {}

Authenticator::~Authenticator() = default;

Bytes Authenticator::Process(ByteView command, const Transaction& transaction) {
  state_->write_failed = false;
  Outcome<Bytes> body = Dispatch(*state_, command, transaction);
  if (state_->write_failed) {
    state_->sequence.reset();
    body = Err(Status::kOther);
  }
  if (!body) return {static_cast<std::uint8_t>(body.error())};
  Bytes reply;
  reply.reserve(1 + body->size());
  reply.push_back(static_cast<std::uint8_t>(Status::kOk));
  Append(reply, *body);
  return reply;
}

void Authenticator::PowerCycle() { state_->PowerUp(); }

Bytes Authenticator::AttestationRoot() const {
  return state_->attestation ? state_->attestation->root : Bytes();
}

}  // namespace keyrig::authenticator
