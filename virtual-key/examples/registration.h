#pragma once

#include <fido.h>

#include <memory>
#include <string>

/// Registers at example.com with libfido2: FIDO_OK, or why not.
inline int Register(fido_dev_t* device, const char* pin = nullptr) {
  struct Free {
    void operator()(fido_cred_t* credential) const { fido_cred_free(&credential); }
  };
  const std::unique_ptr<fido_cred_t, Free> credential(fido_cred_new());
  const std::string hash(32, 'h');
  const std::string user = "adele";
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  fido_cred_set_type(credential.get(), COSE_ES256);
  fido_cred_set_clientdata_hash(credential.get(), bytes(hash), hash.size());
  fido_cred_set_rp(credential.get(), "example.com", "Example");
  fido_cred_set_user(credential.get(), bytes(user), user.size(), user.c_str(), nullptr, nullptr);
  const int status = fido_dev_make_cred(device, credential.get(), pin);
  return status == FIDO_OK ? fido_cred_verify(credential.get()) : status;
}
