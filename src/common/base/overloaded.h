#pragma once

// A visitor of a variant, written as one lambda for each alternative.
//
//   std::visit(Overloaded{[&](const A& a) { ... }, [&](const B& b) { ... }}, variant);

namespace mesos {

template <typename... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <typename... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

}  // namespace mesos
