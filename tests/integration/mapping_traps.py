#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Requirements that a check must not claim, since what it reads does not show them; and some that it must."""
import glob
import os
import re
import sys

from tap import end, ok

ROOT = os.environ['PL_SOURCE_ROOT']
PCI, NIST, HIPAA = 'pci_dss_4_0_1', 'nist_800_53r5', 'hipaa'

# What it shows not, where: all but the checks that are named last.
NEVER = [
    (PCI, r'3\.5\.1|3\.5\.1\.[12]', [], 'a disk that is encrypted as a whole makes no stored card number unreadable',
     ['HOST-*', 'NET-010', 'ECS-013', 'K8S-023', 'SWM-*']),
    (PCI, r'3\.4\.1', [], 'masking on display is not what logs show', ['LOG-*']),
    (PCI, r'6\.4\.1|10\.7\.1|8\.3\.10', [], 'superseded since 31 March 2025', ['*']),
    (PCI, r'10\.4\.1\.1', ['LOG-013', 'ADM-*'], 'an alert is no review of logs', ['*']),
    (PCI, r'10\.3\.3', ['LOG-019', 'LOG-003', 'HOST-040', 'CTR-040', 'ENG-013', 'ECS-006', 'K8S-*', 'MAL-*'],
     'a checkpoint that is witnessed holds no copy', ['LOG-006']),
    (NIST, r'AU-9\(2\)', [], 'nor is it another system', ['LOG-006']),
    (PCI, r'8\.4\.1', [], 'a key alone is one factor', ['HOST-026']),
    (NIST, r'AC-11', [], 'ending a session locks no device', ['HOST-038']),
    (PCI, r'4\.2\.1', [], 'these links cross no open network',
     ['NET-007', 'NET-008', 'NET-009', 'K8S-022', 'K8S-037', 'ECS-012', 'ENG-007', 'ENG-046', 'CMB-005']),
    (PCI, r'2\.2\.7', [], 'data links are no administration', ['NET-007', 'NET-008', 'NET-009', 'ECS-012', 'WEB-*']),
    (PCI, r'7\.2\.5', [], 'filters and namespaces are no rights of accounts',
     ['CTR-022', 'ENG-014', 'ENG-017', 'ENG-049', 'CMB-007']),
    (PCI, r'11\.4\.[1-6]', [], 'a few harmless requests are no penetration test', ['DYN-*', 'WEB-*']),
    (HIPAA, r'164\.312\(e\).*', [], 'card data are no health data', ['CMB-005']),
    (PCI, r'1\.2\.8|6\.5\.1', [], 'settings of the engine are neither rule files nor a procedure', ['ENG-052']),
    (PCI, r'6\.3\.2', [], 'a signature or a tag is no inventory', ['REG-005', 'REG-008', 'IMG-005', 'IMG-018', 'K8S-052', 'CMB-008']),
    (PCI, r'11\.3\.1', [], 'versions and single findings are no quarterly scan', ['K8S-057', 'HOST-020', 'CMB-*']),
    (PCI, r'11\.5\.2', [], 'files of data change by design', ['RUN-021']),
    (PCI, r'12\.3\.1', [], 'the yearly risk analysis is no targeted one', ['ADM-015']),
    (PCI, r'12\.4\.2', [], 'yearly is not quarterly', ['ADM-029']),
    (PCI, r'11\.5\.1|10\.4\.1\.1', [], 'metrics detect no intrusion', ['ECS-009']),
    (NIST, r'SI-4|AU-6', [], 'nor do they review logs', ['ECS-009']),
    (PCI, r'3\.3\.1', [], 'encryption does not let anybody keep authentication data', ['FOR-008']),
    (PCI, r'2\.2\.1', [], 'one function a server is 2.2.3 in version 4', ['NET-003', 'CMB-004']),
    (NIST, r'SC-13', ['K8S-022', 'K8S-023', 'K8S-037', 'NET-013', 'NET-026', 'HOST-034', 'HOST-045', 'SEC-009', 'ENG-046', 'SWM-*', 'ADM-*'],
     'a check of the protocol shows no validated module', ['K8S-*', 'NET-*', 'REG-*', 'ECS-*']),
    (NIST, r'CM-14|SI-7\(15\)', [], 'where no signature is checked', ['REG-006', 'REG-007', 'REG-008', 'K8S-013']),
    (HIPAA, r'164\.306\(a\)', ['RUN-015'], 'the general rule is tested by nobody alone', ['*']),
    (HIPAA, r'164\.312\(e\).*', [], 'no health data travel there', ['ENG-005', 'REG-001', 'K8S-055']),
    (HIPAA, r'164\.312\(c\)\(1\)', [], 'programs are no health data', ['CTR-013', 'CTR-043', 'LOG-005', 'ECS-002', 'CMB-*', 'IMG-*']),
    (HIPAA, r'164\.316\(b\)\(2\)\(i\)', [], 'thirty days of rotation are not six years', ['K8S-017']),
    (NIST, r'AC-4', [], 'where something runs is no filter of its traffic', ['K8S-056', 'NET-018', 'NET-003']),
    (NIST, r'AC-3', [], 'a plug-in that does nothing opens nothing', ['K8S-012']),
    (HIPAA, r'164\.308\(a\)\(4\)\(i\)', ['K8S-040', 'K8S-041'], 'a standard is shown by what it consists of', ['K8S-*', 'NET-*', 'REG-*']),
    (HIPAA, r'164\.308\(a\)\(1\)\(ii\)\(D\)', ['RUN-001', 'RUN-019'], 'an alert reviews no activity', ['RUN-*']),
    (PCI, r'12\.4\.1', [], 'the responsibility of executives is signed elsewhere', ['ADM-045']),
    (PCI, r'2\.1\.1', [], 'procedures are written elsewhere', ['ADM-044']),
    (HIPAA, r'164\.310\(d\)\(2\)\(iii\)', [], 'an inventory is no movement of hardware', ['HOST-*', 'IMG-*', 'K8S-*', 'REG-*', 'NET-*']),
]
ALWAYS = [('HOST-034', PCI, '3.5.1.3'), ('NET-010', PCI, '3.5.1.3'), ('HOST-044', PCI, '8.4.1'), ('K8S-057', PCI, '12.3.4'),
          ('NET-003', PCI, '2.2.3'), ('LOG-010', PCI, '3.3.1.1'), ('LOG-013', PCI, '10.4.1.1'), ('LOG-019', PCI, '10.3.3'),
          ('ADM-032', PCI, '11.4.5'),  # beside NET-015: a matrix of probes is no tester
          ('NET-004', PCI, '11.5.1')]  # beside RUN: events of hosts are not all that intrusions show in


def parts():
    """Each check and its text."""
    for path in glob.glob(ROOT + '/content/checks/*.yaml'):
        with open(path, encoding='utf-8') as f:
            for part in re.split(r'^- (?=check: )', f.read(), flags=re.M)[1:]:
                yield part.split('\n', 1)[0][7:], part


def mappings():
    found = {}
    for check, part in parts():
        controls = re.search(r'^  controls:\n((?:    .*\n?)+)', part, re.M)
        found[check] = {row[0]: re.findall(r'"([^"]+)"', row[1])
                        for row in re.findall(r'^    (\w+): (\[[^\]]*\])', controls.group(1) if controls else '', re.M)}
    return found


def is_one_of(check, names):
    return any(check == n or (n.endswith('*') and check.startswith(n[:-1])) for n in names)


def main():
    found = mappings()
    ok(len(found) > 400 and all(found.values()), 'every check bears on something', [c for c, m in found.items() if not m])
    for framework, pattern, besides, why, checks in NEVER:
        wrong = [(c, r) for c, m in found.items() if is_one_of(c, checks) and not is_one_of(c, besides)
                 for r in m.get(framework, []) if re.fullmatch(pattern, r)]
        ok(not wrong, f'{why} ({framework})', wrong)
    missing = [row for row in ALWAYS if row[2] not in found.get(row[0], {}).get(row[1], [])]
    ok(not missing, 'what is claimed in their place is claimed', missing)
    return end()


if __name__ == '__main__':
    sys.exit(main())
