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
  kBioEnrollment = 0x09,
  kCredentialManagement = 0x0A,
  kSelection = 0x0B,
  kLargeBlobs = 0x0C,
  kConfig = 0x0D,
  kBioEnrollmentPreview = 0x40,
  kCredentialManagementPreview = 0x41,
};

/// Whatever other command comes in between ends a sequence (CTAP 2.1 §6).
bool MayContinueSequence(Command command) {
  return command == Command::kGetNextAssertion || command == Command::kCredentialManagement ||
         command == Command::kLargeBlobs || command == Command::kCredentialManagementPreview ||
         command == Command::kBioEnrollment || command == Command::kBioEnrollmentPreview;
}

Outcome<Bytes> Dispatch(State& state, ByteView message, const Transaction& transaction) {
  if (message.empty()) return Err(Status::kInvalidLength);
  if (message.size() > state.config.max_message_size) return Err(Status::kRequestTooLarge);
  TRY(state.EnsureInitialized());
  const auto command = static_cast<Command>(message.front());
  const ByteView parameters = message.subspan(1);
  if (!MayContinueSequence(command)) state.sequence.reset();
  switch (command) {
    case Command::kMakeCredential:
      return MakeCredential(state, parameters, transaction);
    case Command::kGetAssertion:
      return GetAssertion(state, parameters, transaction);
    case Command::kGetInfo:
      return GetInfo(state);
    case Command::kClientPin:
      return ClientPin(state, parameters, transaction);
    case Command::kReset:
      return Reset(state, transaction);
    case Command::kGetNextAssertion:
      return GetNextAssertion(state, transaction);
    case Command::kCredentialManagement:
      if (!state.HasCredentialManagement()) break;
      return CredentialManagement(state, parameters, transaction);
    case Command::kCredentialManagementPreview:
      // FIDO_2_1_PRE had the same command under another number.
      if (!state.HasCredentialManagementPreview()) break;
      return CredentialManagement(state, parameters, transaction);
    case Command::kBioEnrollment:
      if (!state.HasBuiltInUv()) break;
      return BioEnrollment(state, parameters, transaction);
    case Command::kBioEnrollmentPreview:
      if (!state.HasBioEnrollmentPreview()) break;
      return BioEnrollment(state, parameters, transaction);
    case Command::kConfig:
      if (!state.HasConfig()) break;
      return Config(state, parameters);
    case Command::kSelection:
      return Selection(state, transaction);
    case Command::kLargeBlobs:
      return LargeBlobs(state, parameters, transaction);
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
