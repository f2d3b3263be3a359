"""Moto and the simulator as the call sequences see them: what has to be done differently on each."""

import moto.settings
from botocore.exceptions import ClientError
from moto.acm.models import acm_backends

from conftest import REGION

USER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/a/1"


class Side:
    """One of the two, with what has to be done differently on each."""

    def __init__(self, make):
        self.acm, self.route53, self.sts = make("acm"), make("route53"), make("sts")
        self.facts = {}

    def outcome(self, call):
        """`ok`, or code and status of the refusal, or that there is no such operation."""
        try:
            call()
        except NotImplementedError:
            return "not implemented"
        except ClientError as error:
            response = error.response
            return f"{response['Error']['Code']} {response['ResponseMetadata']['HTTPStatusCode']}"
        return "ok"

    def describe(self, arn):
        return self.acm.describe_certificate(CertificateArn=arn)["Certificate"]

    def request(self, name="www.example.com", **more):
        return self.acm.request_certificate(DomainName=name, ValidationMethod="DNS", **more)["CertificateArn"]

    def change(self, zone, *changes):
        return self.route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": list(changes)})

    def zone(self, name, reference=None):
        made = self.route53.create_hosted_zone(Name=name, CallerReference=reference or name)
        return made["HostedZone"]["Id"]

    def names(self, zone, **start):
        sets = self.route53.list_resource_record_sets(HostedZoneId=zone, **start)["ResourceRecordSets"]
        return [each["Name"] for each in sets if each["Type"] not in ("NS", "SOA")]


class Moto(Side):
    def settle(self):
        """Moto shows everything at once."""

    def pass_time(self):
        moto.settings.ACM_VALIDATION_WAIT = -1

    def use(self, arn):
        acm_backends["123456789012"][REGION].get_certificate(arn).in_use_by.append(USER)

    def throttled(self):
        """Nothing has to be switched on, for there is nothing."""


class Simulated(Side):
    def __init__(self, make, sim):
        super().__init__(make)
        self.sim = sim

    def settle(self):
        self.sim.advance(10)

    def pass_time(self):
        self.sim.advance(3600)

    def use(self, arn):
        self.sim.act(arn, "set-in-use", by=[USER])
        self.sim.advance(5)

    def throttled(self):
        self.sim.settings(
            quotas={
                "rates": {"DescribeCertificate": 10},
                "route53": {"account": {"rate": 10, "burst": 50}, "operation": {"rate": 10, "burst": 50}},
            }
        )
