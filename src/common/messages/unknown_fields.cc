#include "common/messages/unknown_fields.h"

#include "google/protobuf/descriptor.h"
#include "google/protobuf/unknown_field_set.h"

namespace mesos {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool HasUnknownFields(const Message& message) {
  const Reflection& reflection = *message.GetReflection();
  if (!reflection.GetUnknownFields(message).empty()) return true;
  const Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      if (reflection.HasField(message, field) &&
          HasUnknownFields(reflection.GetMessage(message, field))) {
        return true;
      }
      continue;
    }
    const int size = reflection.FieldSize(message, field);
    for (int j = 0; j < size; ++j) {
      if (HasUnknownFields(reflection.GetRepeatedMessage(message, field, j))) return true;
    }
  }
  return false;
}

}  // namespace mesos
