#include "virtual-key/authenticator/pin_uv_auth_check.h"

#include "virtual-key/authenticator/user_verification.h"

namespace keyrig::authenticator {

Outcome<PinUvAuthProtocol*> BeginPinUvAuth(State& state, const PinUvAuthFields& fields,
                                           const Transaction& transaction) {
  if (!fields.param) return nullptr;
  if (state.HasUserVerification() && fields.param->empty()) TRY(state.Probe(transaction));
  return state.SelectProtocol(fields.protocol);
}

Outcome<UserChecks> CheckUser(State& state, PinUvAuthProtocol* protocol,
                              const PinUvAuthFields& fields, bool wants_built_in_uv,
                              ByteView client_data_hash, std::uint64_t permission, const RpId& rp,
                              const Transaction& transaction) {
  UserChecks checks;
  if (!state.IsProtected()) return checks;
  if (protocol != nullptr) {
    TRY(AuthorizeWithToken(state, *protocol, client_data_hash, *fields.param, permission, rp));
    checks.verified = true;
    checks.present = protocol->Token().IsUserPresent(state.environment.clock.Now());
    checks.by_finger = protocol->Token().IsByFinger();
  } else if (wants_built_in_uv) {
    TRY(VerifyUserByFinger(state, transaction));
    checks.verified = checks.present = checks.by_finger = true;
  }
  return checks;
}

Outcome<void> AuthorizeWithToken(State& state, PinUvAuthProtocol& protocol, ByteView message,
                                 ByteView param, std::uint64_t permission, const RpId& rp) {
  if (!protocol.VerifyWithToken(message, param, state.environment.clock.Now())) {
    return Err(Status::kPinAuthInvalid);
  }
  PinUvAuthToken& token = protocol.Token();
  const bool is_of_other_rp = token.Rp() && *token.Rp() != rp.text;
  if (!token.Allows(permission) || is_of_other_rp || !token.IsUserVerified()) {
    return Err(Status::kPinAuthInvalid);
  }
  if (!token.Rp()) token.BindTo(rp.text);
  return {};
}

}  // namespace keyrig::authenticator
