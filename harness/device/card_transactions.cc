#include "harness/device/card_transactions.h"

#include "harness/base/ctap_text.h"

namespace keyrig::device {

void CardTransactions::Sent(ByteView message) {
  message_ = ToBytes(message);
  begin_ = std::chrono::steady_clock::now();
  keepalives_ = 0;
}

void CardTransactions::Answered(ByteView answer) {
  Finish(ctap::DescribeTransaction(message_, answer));
}

void CardTransactions::Failed(const std::string& why) {
  auto fields = ctap::DescribeTransaction(message_, {});
  for (EventField& field : fields) {
    if (field.name == "status") field.value = why;
  }
  Finish(std::move(fields));
}

void CardTransactions::Finish(std::vector<EventField> fields) {
  Event event;
  event.source = source_;
  event.kind = "ctap.transaction";
  event.fields = std::move(fields);
  event.took = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begin_);
  event.beside = {{"keepalives", std::to_string(keepalives_)}};
  events_.Emit(std::move(event));
}

}  // namespace keyrig::device
