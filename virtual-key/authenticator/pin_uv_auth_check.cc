#include "virtual-key/authenticator/pin_uv_auth_check.h"

namespace keyrig::authenticator {

Outcome<PinUvAuthProtocol*> BeginPinUvAuth(State& state, const PinUvAuthFields& fields,
                                           const Transaction& transaction) {
  if (!fields.param) return nullptr;
  if (state.HasClientPin() && fields.param->empty()) TRY(state.Probe(transaction));
  return state.SelectProtocol(fields.protocol);
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
