/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/net.h"

#include <arpa/inet.h>
#include <string.h>

bool pl_net_parse_address(pl_str s, pl_net *ret)
{
    char text[INET6_ADDRSTRLEN];
    pl_net n = {0};

    if (!pl_str_to_c(s, text, sizeof(text)))
        return false;
    if (inet_pton(AF_INET, text, n.addr) == 1) {
        n.family = 4;
        n.bits = 32;
    } else if (inet_pton(AF_INET6, text, n.addr) == 1) {
        n.family = 6;
        n.bits = 128;
    } else {
        return false;
    }
    *ret = n;
    return true;
}

bool pl_net_parse(pl_str s, pl_net *ret)
{
    pl_str address;
    uint64_t bits;
    pl_net n;

    if (!pl_str_has(s, PL_S("/")))
        return pl_net_parse_address(s, ret);
    if (!pl_str_cut(&s, '/', &address) || !pl_net_parse_address(address, &n))
        return false;
    if (!pl_str_u64(s, &bits) || bits > n.bits)
        return false;
    n.bits = (uint8_t)bits;
    *ret = n;
    return true;
}

bool pl_net_has(const pl_net *net, const pl_net *address)
{
    size_t whole = net->bits / 8;
    unsigned rest = net->bits % 8;

    if (net->family != address->family || memcmp(net->addr, address->addr, whole) != 0)
        return false;
    if (rest == 0)
        return true;
    unsigned mask = 0xffu << (8 - rest) & 0xffu;
    return (net->addr[whole] & mask) == (address->addr[whole] & mask);
}
