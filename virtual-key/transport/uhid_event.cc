#include "virtual-key/transport/uhid_event.h"

#include <linux/input.h>

#include <algorithm>
#include <cerrno>

#include "virtual-key/transport/hid_device.h"

namespace keyrig::transport {
namespace {

uhid_event EventOf(uhid_event_type type) {
  uhid_event event{};
  event.type = type;
  return event;
}

template <std::size_t N>
void CopyText(const std::string& text, __u8 (&to)[N]) {
  std::copy_n(text.begin(), std::min(text.size(), N - 1), to);
}

}  // namespace

uhid_event CreateEvent(const UsbIdentity& identity) {
  uhid_event event = EventOf(UHID_CREATE2);
  uhid_create2_req& create = event.u.create2;
  CopyText(identity.product_name, create.name);
  CopyText(identity.serial, create.uniq);
  create.bus = BUS_USB;  // clients look at nothing else
  create.vendor = identity.vendor;
  create.product = identity.product;
  create.version = 1;
  create.rd_size = kFidoReportDescriptor.size();
  std::ranges::copy(kFidoReportDescriptor, create.rd_data);
  return event;
}

uhid_event DestroyEvent() { return EventOf(UHID_DESTROY); }

uhid_event InputEvent(const HidReport& report) {
  uhid_event event = EventOf(UHID_INPUT2);
  event.u.input2.size = static_cast<__u16>(report.size());
  std::ranges::copy(report, event.u.input2.data);
  return event;
}

std::optional<HidReport> OutputReport(const uhid_event& event) {
  if (event.type != UHID_OUTPUT) return std::nullopt;
  const uhid_output_req& output = event.u.output;
  const bool numbered = output.size == 65 && output.data[0] == 0;
  if (output.size != 64 && !numbered) return std::nullopt;
  HidReport report;
  std::copy_n(output.data + (numbered ? 1 : 0), report.size(), report.begin());
  return report;
}

std::optional<uhid_event> ReplyTo(const uhid_event& event) {
  if (event.type == UHID_GET_REPORT) {
    uhid_event reply = EventOf(UHID_GET_REPORT_REPLY);
    reply.u.get_report_reply.id = event.u.get_report.id;
    reply.u.get_report_reply.err = EINVAL;
    return reply;
  }
  if (event.type == UHID_SET_REPORT) {
    uhid_event reply = EventOf(UHID_SET_REPORT_REPLY);
    reply.u.set_report_reply.id = event.u.set_report.id;
    reply.u.set_report_reply.err = EINVAL;
    return reply;
  }
  return std::nullopt;
}

}  // namespace keyrig::transport
