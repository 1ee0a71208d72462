#include "mock-entra/security-info/error_code.h"

namespace keyrig::security_info {

void EmitRefused(directory::Service& service, const Refusal& refusal, std::string_view user_name) {
  Event event;
  event.source = "service";
  event.kind = "service.refused";
  event.at = service.clock.Now();
  event.fields = {{"code", std::to_string(static_cast<int>(refusal.code))},
                  {"reason", refusal.reason},
                  {"user", std::string(user_name)}};
  service.events.Emit(std::move(event));
}

}  // namespace keyrig::security_info
